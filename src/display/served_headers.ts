/**
 * Headers of what this program serves to browsers: pages that load from their own server only, are not kept, framed or
 * guessed at.
 *
 * @module
 */

/** How a page may be made. */
export interface ServedHeadersOptions {
  /** Elements may have style attributes of their own, as charts have; style sheets may not. @default false */
  styleAttributes?: boolean;
}

/** The headers; for the policy see CSP Level 3. */
export function servedHeaders({ styleAttributes = false }: ServedHeadersOptions = {}): Record<string, string> {
  const policy = [
    ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'"],
    ...(styleAttributes ? ["style-src-attr 'unsafe-inline'"] : []),
    ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ];
  return {
    "Content-Security-Policy": policy.join("; "),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
  };
}
