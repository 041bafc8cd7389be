/**
 * What a process has consumed, as Linux counts it.
 *
 * @module
 */

/** Of one process, its threads included. */
export interface Consumption {
  /** Processor time since its start, in seconds. */
  seconds: number;
  /** Resident memory now, in bytes. */
  residentBytes: number;
}

/** Linux counts in hundredths of a second towards programs: USER_HZ, proc(5). */
const TICKS_PER_SECOND = 100;

/** Of the process `pid`. @throws {Deno.errors.NotFound} if there is none, or no Linux. */
export function consumptionOf(pid: number): Consumption {
  // after the name, which may hold anything: state is field 3 of proc(5), utime and stime are 14 and 15
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ").at(-1)!.split(" ");
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
  return {
    seconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    residentBytes: 1024 * Number(resident?.[1]),
  };
}
