/** Mails whose parts mail programs read differently: every trick alone, and many of two or three together. */
import type { Evasion } from "./evasion.ts";
import type { Structure } from "./evasion-boundaries.ts";
import { base64, encodedBodies } from "./evasion-encodings.ts";
import { type HeaderTrick, headerTricks } from "./evasion-headers.ts";
import { type OctetTrick, octetTricks } from "./evasion-octets.ts";
import { structures } from "./evasion-structures.ts";

const TYPE = 'Content-Type: application/octet-stream; name="a.com"';

/** Base64 that nobody decodes who does not find its header. */
const plainEntity: HeaderTrick = {
  name: "base64",
  entity: (payload) =>
    `${TYPE}\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(payload).replace(/.{4}/g, "$&.").replace(/.{25}/g, "$&\r\n")}`,
};

/** All entities, with or without tricks. */
const entities: readonly HeaderTrick[] = [
  ...encodedBodies.map(({ name, encoding, body }) => ({
    name,
    entity: (payload: Buffer) => `${TYPE}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body(payload)}`,
  })),
  ...headerTricks,
];

const asItIs = octetTricks[0] as OctetTrick;
const aPart = structures.find(({ name }) => name === "a part") as Structure;

/** Each trick once. */
export const readingEvasions: readonly Evasion[] = [
  ...entities.map((entity) => mail(entity, aPart, asItIs)),
  ...structures.map((structure) => mail(plainEntity, structure, asItIs)),
  ...octetTricks.map((octets) => mail(plainEntity, aPart, octets)),
];

/** Each trick of an entity in other places, and tricks of all kinds together: always the same ones. */
export function combinedEvasions(count: number): Evasion[] {
  const places = structures.filter(({ name }) => PLACES.has(name));
  const everywhere = entities.flatMap((entity) => places.map((place) => mail(entity, place, asItIs)));
  const random = randomNumbers(1);
  const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  const combined = Array.from({ length: count }, () => {
    const entity = random(3) === 0 ? plainEntity : pick(entities);
    const structure = random(4) === 0 ? inside(pick(structures), pick(structures)) : pick(structures);
    return mail(entity, structure, random(2) === 0 ? asItIs : pick(octetTricks));
  });
  // Only skipped as junk in the middle of base64 is a delimiter no end.
  return [...everywhere, ...combined.filter(({ name }) => !/quoted-printable.*across the delimiter/.test(name))];
}

function mail(entity: HeaderTrick, structure: Structure, octets: OctetTrick): Evasion {
  return {
    name: `${entity.name} | ${structure.name} | ${octets.name}`,
    build: (payload) => octets.apply(structure.message(entity.entity(payload))),
  };
}

function inside(outer: Structure, inner: Structure): Structure {
  return {
    name: `${inner.name} in a message ${outer.name}`,
    message: (entity) => outer.message(`Content-Type: message/rfc822\r\n\r\n${inner.message(entity)}`),
  };
}

/** Whole numbers below a limit, by the linear congruential generator of Numerical Recipes. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * limit);
  };
}

const PLACES: ReadonlySet<string> = new Set([
  "the message itself",
  "in a message as message/rfc822",
  "in a message in base64",
]);
