import { format } from "@std/fmt/bytes";

/** "12.3 MB" in decimal units; "1.2 GiB" in binary ones, which is how memory is counted. */
export function formatBytes(bytes: number, options: { binary?: boolean } = {}): string {
  return format(bytes, { ...options, maximumFractionDigits: 1, locale: "en" });
}
