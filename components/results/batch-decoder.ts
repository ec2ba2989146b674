import { type RecordBatch, RecordBatchReader, type Schema } from "apache-arrow";

/**
 * Decodes the Arrow payloads of a rows stream: the schema message first, then one whole record batch message in each
 * payload (dictionaries are never sent). Batches are views of their payload: no rows are copied. Arrow's own asynchronous
 * reader takes three times as long, because it does not know that messages are whole.
 */
export class BatchDecoder {
  #schemaMessage: Uint8Array | null = null;
  #schema: Schema | null = null;

  /** Null until the first payload. */
  get schema(): Schema | null {
    return this.#schema;
  }

  /** The batches of one payload. Throws when it is not Arrow IPC, or does not fit the schema. */
  decode(payload: Uint8Array): RecordBatch[] {
    if (this.#schemaMessage === null) {
      const reader = RecordBatchReader.from(payload).open();
      this.#schema = reader.schema;
      this.#schemaMessage = payload.slice();
      return withRows(reader);
    }
    return withRows(RecordBatchReader.from([this.#schemaMessage, payload]));
  }
}

/** Arrow makes an empty batch up where there is none. */
function withRows(batches: Iterable<RecordBatch>): RecordBatch[] {
  return [...batches].filter(({ numRows }) => numRows > 0);
}
