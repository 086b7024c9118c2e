/** The EICAR test string, assembled at run time so that no file of the project is itself detected. */
export function eicar(): Buffer {
  const left = ["X5O!P%@AP[4", "\\PZX54(P^)7CC)7}$"].join("");
  const right = ["EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!", "$H+H*"].join("");
  return Buffer.from(left + right, "latin1");
}
