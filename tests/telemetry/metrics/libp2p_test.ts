import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { libp2pFigures } from "../../../src/telemetry/metrics/libp2p.ts";
import { newIdentity } from "../../mesh/_identities.ts";
import { Meshes } from "../../mesh/_meshes.ts";

Deno.test("a mesh tells libp2p's own figures where they are asked for", async () => {
  const { metrics, registry } = await libp2pFigures();
  await using meshes = new Meshes();
  const [one, other] = [await newIdentity(), await newIdentity()];
  const first = await meshes.start(one, [one, other], { metrics });
  const second = await meshes.start(other, [one, other], { bootstrap: first.mesh.addresses() });
  await second.log.wait("peer-joined", one.peerId);
  assertMatch(await registry.metrics(), /^libp2p_data_transfer_bytes_total\{protocol="global received"\} [1-9]/m);
});

Deno.test({
  name: "they are refused where Deno was not given what they need",
  permissions: { sys: ["systemMemoryInfo"] },
  async fn() {
    const error = await assertRejects(() => libp2pFigures(), UserError);
    assertEquals(
      error.message,
      "telling libp2p's figures: the peer needs --allow-sys=systemMemoryInfo,statfs for them (web.libp2p)",
    );
  },
});
