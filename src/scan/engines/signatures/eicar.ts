/** The signature of the EICAR test file. Its text is put together here, so that neither this file nor the program built
 *  from it is itself detected. */

export const EICAR_NAME = "Eicar-Test-Signature";

/** The 68 octets. */
export const EICAR_LITERAL = Buffer.from(
  ["X5O!P%@AP[4\\PZX54", "(P^)7CC)7}$EI", "CAR-STANDARD-ANTI", "VIRUS-TEST-FI", "LE!$H+H*"].join(""),
  "latin1",
);
