// edge/zod-parts: what edge/zod hands on, by zod's own names.

export {
  array,
  boolean,
  enum,
  int,
  literal,
  number,
  object,
  record,
  strictObject,
  string,
  union,
  unknown,
  ZodType,
} from "zod/v4";
