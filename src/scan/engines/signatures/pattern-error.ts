/** What is wrong with a pattern. Thrown while one is read, and caught where its reading begins. */
export class PatternError extends Error {}
