/** The page's only clock, so that the rest can be tested at a fixed time. */
export const now = (): Date => new Date();
