"use strict";
(function () {
  const { benchmarks, groups, models, scores, means } = window.SCORES;
  const byId = (id) => document.getElementById(id);
  if (!byId("pair")) return;
  window.PAIRS = {};
  const isGroup = (key) => typeof key === "string";
  const described = (key) => (isGroup(key) ? groups[Number(key.slice(1))] : benchmarks[key]);
  const cellOf = (number, key) => (isGroup(key) ? means[number][Number(key.slice(1))] : scores[number][key]);
  let asked = 0;

  function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children); // strings become text, never markup
    return made;
  }

  const signed = (value) => (value > 0 ? "+" : "") + fixed(value, 3).replace("-", "\u2212");
  const plain = (value) => fixed(value, 3).replace("-", "\u2212");
  const pText = (p) => (p === null ? "–" : p < 0.001 ? "< 0.001" : fixed(p, 3));

  // Scripts load from file://, where fetch does not.
  function load(number, done) {
    if (window.PAIRS[number]) return done();
    const script = element("script", { src: "pairs/" + number + ".js" });
    script.addEventListener("load", done);
    script.addEventListener("error", () => (byId("summary").textContent = "The file pairs/" + number + ".js is missing."));
    document.head.append(script);
  }

  function bar(low, value, high, reach) {
    const place = (number) => 60 + (number / reach) * 56;
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 120 14");
    svg.setAttribute("class", "difference");
    svg.setAttribute("aria-hidden", "true");
    const shapes = [
      ["line", { class: "zero", x1: 60, x2: 60, y1: 0, y2: 14 }],
      ["line", { class: "whisker", x1: place(low), x2: place(high), y1: 7, y2: 7 }],
      ["circle", { class: low > 0 || high < 0 ? "source" : "unseen", cx: place(value), cy: 7, r: 3.5 }],
    ];
    for (const [name, attributes] of shapes) {
      const shape = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, of] of Object.entries(attributes)) shape.setAttribute(key, of);
      svg.append(shape);
    }
    return svg;
  }

  function summary(names, rows) {
    const tested = rows.filter((row) => !isGroup(row[0]) && row[4] !== null);
    const clear = tested.filter((row) => row[4] < 0.05);
    const first = clear.filter((row) => row[1] > 0).length;
    const second = clear.length - first;
    const rest = tested.length - clear.length;
    return (
      `Of ${tested.length} benchmarks that both have: ${names[0]} is ahead on ${first}, ${names[1]} on ${second}; ` +
      `on ${rest} the difference could be chance (adjusted by Holm, 0.05).`
    );
  }

  function draw(first, second) {
    const [low, high] = first < second ? [first, second] : [second, first];
    const sign = first < second ? 1 : -1;
    const rows = ((window.PAIRS[low] || {})[high] || []).map(([key, difference, ...rest]) => [key, sign * difference, ...rest]);
    const reach = Math.max(...rows.map((row) => Math.abs(row[1]) + (row[2] || 0)), 0.01);
    byId("summary").textContent = rows.length ? summary([models[first].name, models[second].name], rows) : "The two models share no benchmark.";
    byId("differences").tBodies[0].replaceChildren(
      ...rows.map(([key, difference, half, p, holm, rate, paired]) => {
        const about = described(key);
        const name = about.page ? element("a", { href: about.page, textContent: about.name }) : about.name;
        const number = (text) => element("td", { className: "number", textContent: text });
        const known = half !== null;
        return element(
          "tr",
          { className: isGroup(key) ? "mean-row" : "" },
          element("th", { scope: "row" }, name),
          number(plain(cellOf(first, key)[0])),
          number(plain(cellOf(second, key)[0])),
          number(signed(difference)),
          number(known ? signed(difference - half) + " to " + signed(difference + half) : "unknown"),
          element("td", { ariaHidden: "true" }, ...(known ? [bar(difference - half, difference, difference + half, reach)] : [])),
          number(pText(p)),
          number(pText(holm)),
          number(pText(rate)),
          element("td", { textContent: paired ? "paired" : "independent" }),
        );
      }),
    );
    byId("command").textContent = `brainscore-mouse compare '${models[first].name}' '${models[second].name}' --benchmarks PATTERN`;
    history.replaceState(null, "", "#" + new URLSearchParams({ first: models[first].name, second: models[second].name }));
  }

  function show() {
    const [first, second] = ["first", "second"].map((id) => Number(byId(id).value));
    const mine = ++asked; // a slow file must not overwrite a later choice
    if (first === second) {
      byId("summary").textContent = "Choose two different models.";
      byId("differences").tBodies[0].replaceChildren();
      return;
    }
    load(Math.min(first, second), () => mine === asked && draw(first, second));
  }

  const scored = models.map((model, number) => [model, number]).filter(([, number]) => scores[number].some(Boolean));
  const told = new URLSearchParams(location.hash.slice(1));
  ["first", "second"].forEach((id, place) => {
    const wanted = scored.findIndex(([model]) => model.name === told.get(id));
    const chosen = wanted >= 0 ? wanted : Math.min(place, scored.length - 1);
    byId(id).replaceChildren(
      ...scored.map(([model, number], index) => element("option", { value: String(number), textContent: model.name, selected: index === chosen })),
    );
    byId(id).addEventListener("change", show);
  });
  byId("swap").addEventListener("click", () => {
    [byId("first").value, byId("second").value] = [byId("second").value, byId("first").value];
    show();
  });
  show();
})();
