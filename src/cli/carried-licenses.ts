/** The licences of everything that the program carries. The bundler replaces this module by one that has them: which
 *  packages they are is known only when they have been put together. */

export interface CarriedLicense {
  readonly name: string;
  readonly version: string;
  /** As SPDX writes it. */
  readonly license: string;
  readonly text: string;
}

/** Undefined when the program runs from its source. */
export function carriedLicenses(): readonly CarriedLicense[] | undefined {
  return undefined;
}
