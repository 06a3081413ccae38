// Judges a badge offline, the same badge with one byte changed, and one online
// through the page's own origin; then checks badges by themselves; and reports
// what came out.

const report = { verdicts: {}, ms: {} };

async function timed(name, f) {
  const begun = performance.now();
  const value = await f();
  report.ms[name] = performance.now() - begun;
  return value;
}

const bytes = async (path) => {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: HTTP status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
};

try {
  const names = Object.getOwnPropertyNames(globalThis);
  const { load } = await import("/wasm/akashi-verify.mjs");
  const { rpc } = await import("/wasm/rpc.mjs");
  const verifier = await timed("start", () => load(fetch("/wasm/akashi-verify.wasm")));

  const folder = async (path) => ({ record: await bytes(path + "/record"), evidence: await bytes(path + "/evidence.json"), policy: await bytes(path + "/policy.json") });
  const golden = { ...(await folder("/golden")), now: (await (await fetch("/golden/case.json")).json()).now };
  const judge = async (name, request) => {
    const answer = await timed(name, () => verifier.check(request));
    report.verdicts[name] = answer.report?.verdict ?? answer.error;
  };
  await judge("offline", golden);
  const changed = Uint8Array.from(golden.record);
  changed[changed.length >> 1] ^= 1;
  await judge("changed", { ...golden, record: changed });
  for (let i = 0; i < 300; i++) await verifier.check(golden);
  await judge("warm", golden);
  const live = await folder("/live");
  await judge("online", { ...live, chain: rpc(new URL("/rpc", location)), timeout: 60 });
  await judge("without a chain", live);
  // The check of badges is loaded now, when it is needed.
  const badges = await timed("badge start", async () => (await import("/wasm/akashi-badge.mjs")).load(fetch("/wasm/akashi-badge.wasm")));
  const check = async (name, request) => {
    const answer = await timed(name, () => badges.check(request));
    report.verdicts[name] = answer.report?.verdict ?? answer.error;
  };
  const hosted = await bytes("/badges/ob2.json");
  await check("a badge", { badge: await bytes("/badges/ob3.json") });
  await check("a changed badge", { badge: await bytes("/badges/ob3-changed.json") });
  await check("a hosted badge", { badge: hosted });
  await check("a hosted badge again", { badge: hosted, replay: await bytes("/badges/ob2.check") });
  report.leaked = Object.getOwnPropertyNames(globalThis).filter((name) => !names.includes(name));
} catch (e) {
  report.error = String(e);
}
document.querySelector("#state").textContent = JSON.stringify(report);
await fetch("/result", { method: "POST", body: JSON.stringify(report) });
