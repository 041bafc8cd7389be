/** The section `mesh`: who belongs, how they find one another, and how they average. */
import * as v from "valibot";
import { described, flag, integer, text } from "../core/settings.ts";
import { averagingSchema } from "./averaging.ts";

const addresses = (description: string) => described(v.array(text()), { description, unit: "multiaddresses" });

/** The schema of the section. */
export const meshSchema = v.strictObject({
  charter: v.optional(
    text({
      description: "The charter's file, which says who belongs; it takes the place of `consortium` and `members`.",
      otherwise: "`consortium` and `members` say who belongs",
    }),
  ),
  consortium: v.optional(
    described(v.pipe(text(), v.maxLength(200, "must be at most 200 characters")), {
      description: "The name by which the sites know that they belong together.",
      otherwise: "required without a charter",
    }),
  ),
  members: v.optional(
    described(v.pipe(v.array(text()), v.minLength(1, "must name at least one member")), {
      description: "Who may take part, this peer itself among them or not.",
      unit: "peer ids",
      otherwise: "required without a charter",
    }),
  ),
  listen: v.optional(
    addresses("Where to listen for the others; an empty list: this peer only calls."),
    ["/ip4/0.0.0.0/tcp/0"],
  ),
  quic: v.optional(
    integer(0, 65_535, {
      description: "UDP port on which to listen over QUIC and from which to call, so that sites behind NATs may meet " +
        "directly; 0: any. Experimental.",
      otherwise: "QUIC is not spoken",
    }),
  ),
  portMapping: v.optional(
    flag({ description: "Ask the router, by NAT-PMP or UPnP, to forward the ports that are listened on." }),
    false,
  ),
  tls: v.optional(
    described(
      v.strictObject({
        certificate: text({
          description: "The certificate's file, PEM: the host's own first, then those that signed it.",
        }),
        key: text({ description: "The file of its private key, PEM, without a password." }),
      }),
      {
        description: "The certificate for addresses in `listen` that end in /wss; read again each hour.",
        otherwise: "such addresses are not listened on",
      },
    ),
  ),
  announce: v.optional(
    addresses("Where else others reach this peer: a forwarded port, a proxy that ends TLS."),
    [],
  ),
  bootstrap: v.optional(addresses("Members to dial first."), []),
  relays: v.optional(
    addresses("Relays through which others reach this peer, with /p2p/ID; they need not be members."),
    [],
  ),
  relay: v.optional(
    flag({ description: "Carry connections between members that cannot reach each other directly." }),
    true,
  ),
  dht: v.optional(
    flag({ description: "Meet members in a hash table of theirs, so that knowing one is enough." }),
    true,
  ),
  mdns: v.optional(flag({ description: "Find members on the local network." }), true),
  averaging: v.optional(described(averagingSchema, { description: "How weights are averaged." }), {}),
  quorum: v.optional(
    integer(0, 999, {
      description:
        "Other members that must be there before this site begins to train; it waits for them as long as it " +
        "takes, in the time of `schedule.minutes`. A run that goes on waits for none.",
      unit: "members",
    }),
    0,
  ),
  patience: v.optional(
    integer(0, 3_600_000, {
      description:
        "Time, at most, to wait in a step of averaging for planned partners that are one step behind; less where the " +
        "others came sooner in the latest steps, and never less than this site's own work took between two. Masked " +
        "sums wait so long whatever was. Not `schedule.patience`, which counts training steps.",
      unit: "ms",
    }),
    10_000,
  ),
});
