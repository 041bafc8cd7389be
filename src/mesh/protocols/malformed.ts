/** What a remote sent that is not the protocol, whatever the line did. */
import { ValiError } from "valibot";
import { FrameError } from "./frame.ts";

/** Whether an error says that a frame or a message is not of the form that was due. */
export function isMalformed(error: unknown): boolean {
  return error instanceof FrameError || error instanceof ValiError;
}

/** Whether an error says that what came is malformed, or out of range: too long, too many, or of the other kind. */
export function isBreach(error: unknown): boolean {
  return isMalformed(error) || error instanceof RangeError;
}
