/** A kept original may stand in a file with others (sync/originals.ts): from `start`, so many octets; without `size` the file is it. */
export const name = "0005-originals-in-packs";

export const statements = [
  `ALTER TABLE message_blobs ADD COLUMN start bigint NOT NULL DEFAULT 0, ADD COLUMN size bigint`,
];
