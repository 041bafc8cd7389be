/** NIfTI's datatypes by name, for formats that have names of their own for the same. */
import { type Datatype, DATATYPES } from "../nifti/datatypes.ts";

const BY_NAME: ReadonlyMap<string, Datatype> = new Map([...DATATYPES.values()].map((type) => [type.name, type]));

/** The datatype of a name of NIfTI's. @throws {RangeError} if there is none. */
export function datatypeNamed(name: string): Datatype {
  const datatype = BY_NAME.get(name);
  if (!datatype) throw new RangeError(`there is no datatype ${name}`);
  return datatype;
}
