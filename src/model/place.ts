/** Where a record stands in its input, so that a refusal can be looked at with an editor. */
export interface Place {
  /** File path as the user gave it, `-` for standard input, or a topic-partition in later engines. */
  input: string;
  /** 1-based; 0 where the input has no lines (protobuf). */
  line: number;
  /** 1-based, in bytes; for protobuf the byte offset of the message in the input. */
  column: number;
}

/** `file:line:column`, the form editors jump to. */
export function formatPlace(place: Place): string {
  return place.line === 0
    ? `${place.input}:byte ${place.column}`
    : `${place.input}:${place.line}:${place.column}`;
}
