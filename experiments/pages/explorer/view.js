// The numbers of the page: unpacked, and found by scenario, φ, measure and month. Nothing here touches the page.
const Numbers = (() => {
  // Half floats by their bits.
  const HALVES = new Float32Array(65536).map((_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1, power = (bits >> 10) & 31, rest = bits & 1023;
    if (power === 31) return rest ? NaN : sign * Infinity;
    return sign * (power ? 2 ** (power - 15) * (1 + rest / 1024) : 2 ** -14 * (rest / 1024));
  });

  // Bytes high before low, each month less the month before, deflated.
  async function unpack(text, months) {
    const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    const planes = new Uint8Array(await new Response(stream).arrayBuffer()), size = planes.length / 2;
    const found = new Float32Array(size);
    for (let at = 0, bits = 0; at < size; at++) {
      bits = ((at % months ? bits : 0) + ((planes[at] << 8) | planes[size + at])) & 0xffff;
      found[at] = HALVES[bits];
    }
    return found;
  }

  async function read(data) {
    const months = data.dates.length, phis = data.phi.length, measures = data.measures.length;
    const [levels, effects, single, shares] = await Promise.all(
      [data.levels, data.effects, data.single, data.shares].map((text) => unpack(text, months)));
    const place = (id) => data.measures.findIndex((one) => one.id === id);
    const scenario = (name) => data.scenarios.findIndex((one) => one.name === name);
    const slice = (from, row, scale) => Array.from(from.subarray(row * months, (row + 1) * months), (v) => (Number.isFinite(v) ? v * scale : null));
    const scaleOf = (id) => data.measures[place(id)].scale;
    return {
      // Mean and ends of the band over seeds.
      level(name, phi, id) {
        const row = ((scenario(name) * phis + phi) * measures + place(id)) * 3;
        const [values, low, high] = [0, 1, 2].map((part) => slice(levels, row + part, scaleOf(id)));
        return data.seeds.length > 1 ? { values, low, high } : { values };
      },
      // Scenario minus baseline: mean, its interval, share of pairs with its sign; nothing of the baseline.
      effect(name, phi, id) {
        const row = (((scenario(name) - 1) * phis + phi) * measures + place(id)) * 4;
        const [values, low, high] = [0, 1, 2].map((part) => slice(effects, row + part, scaleOf(id)));
        return { values, low, high, agree: slice(effects, row + 3, 1) };
      },
      // One world.
      world(name, phi, seed, id) {
        const row = ((scenario(name) * phis + phi) * data.twins.length + seed) * measures + place(id);
        return slice(single, row, scaleOf(id));
      },
      share(name, phi, seed, lab) {
        const row = ((scenario(name) * phis + phi) * data.twins.length + seed) * data.labs.length + lab;
        return slice(shares, row, 1);
      },
    };
  }

  return { read };
})();

// What is looked at, as the part of the address behind #, and back; what cannot be is left out.
const Views = (() => {
  function toHash(view, data) {
    const words = { scenario: view.scenario, phi: data.phi[view.phi], month: data.dates[view.month], show: view.show,
      seed: data.twins[view.seed], measure: view.measure, ...(view.kind ? { claims: view.kind } : {}) };
    return "#" + new URLSearchParams(words).toString();
  }

  function fromHash(hash, data) {
    const words = new URLSearchParams(hash.replace(/^#/, "")), found = {};
    const pick = (name, key, list) => { const at = list.indexOf(words.get(key)); if (at >= 0) found[name] = at; };
    const take = (name, key, list) => { if (list.includes(words.get(key))) found[name] = words.get(key); };
    take("scenario", "scenario", data.scenarios.slice(1).map((one) => one.name));
    pick("phi", "phi", data.phi.map(String));
    pick("month", "month", data.dates);
    pick("seed", "seed", data.twins.map(String));
    take("show", "show", ["levels", "difference"]);
    take("measure", "measure", data.measures.map((one) => one.id));
    take("kind", "claims", [...new Set((data.claims || []).map((one) => one.kind))]);
    return found;
  }

  function first(data) {
    const names = data.scenarios.slice(1).map((one) => one.name);
    const near = data.phi.map((value) => Math.abs(value - data.default_phi));
    return { scenario: names.includes("no_open_weights") ? "no_open_weights" : names[0], phi: near.indexOf(Math.min(...near)),
      month: data.dates.length - 1, show: "levels", seed: 0, measure: data.measures[0].id, kind: "" };
  }

  return { toHash, fromHash, first };
})();
