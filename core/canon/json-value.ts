/** Any JSON value. Readonly: what has been hashed is not edited, it is rebuilt. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [member: string]: JsonValue;
}
