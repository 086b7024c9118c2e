export class DotStuffer { push(_c: Uint8Array): Uint8Array[] { return []; } end(): Uint8Array[] { return []; } }
