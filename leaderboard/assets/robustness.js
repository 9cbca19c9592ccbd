"use strict";
(function () {
  const { benchmarks, models, scores, correlations } = window.SCORES;
  if (!correlations.length) return;
  const SVG = "http://www.w3.org/2000/svg";
  const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 440, 52, 14, 12, 46];
  const byId = (id) => document.getElementById(id);

  function shape(name, attributes, ...children) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children); // strings become text, never markup
    return made;
  }

  function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  function scale(values, start, end) {
    let low = Infinity;
    let high = -Infinity;
    for (const [value, error] of values) {
      low = Math.min(low, value - (error || 0));
      high = Math.max(high, value + (error || 0));
    }
    const span = high - low || 0.1;
    const rough = span / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
    low = Math.floor(low / step) * step;
    high = Math.ceil(high / step) * step;
    const ticks = [];
    for (let number = Math.round(low / step); number <= Math.round(high / step); number += 1) ticks.push(number * step);
    return { place: (value) => start + ((value - low) / (high - low)) * (end - start), ticks };
  }

  function marker(kind, x, y) {
    if (kind === "NeuRN") return shape("path", { class: kind, d: `M${x} ${y - 5.5} l5.5 10 h-11 z` });
    if (kind === "random") return shape("path", { class: kind, d: `M${x - 4} ${y - 4} h8 v8 h-8 z` });
    return shape("circle", { class: kind, cx: x, cy: y, r: 4.5 });
  }

  function draw() {
    const mouse = Number(byId("mouse").value);
    const robustness = Number(byId("robustness").value);
    const found = correlations.find((one) => one.mouse === mouse && one.robustness === robustness);
    const points = [];
    models.forEach((model, number) => {
      const [x, y] = [scores[number][mouse], scores[number][robustness]];
      if (x && y) points.push({ model, x, y });
    });
    byId("correlation").textContent = found
      ? `Spearman's rank correlation over ${found.nModels} models: ${fixed(found.value, 2)}, 95 % bootstrap interval ` +
        `${fixed(found.low, 2)} to ${fixed(found.high, 2)}`
      : `${points.length} models have both scores: too few for a correlation`;
    const figure = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart scatter", role: "group", "aria-label": byId("correlation").textContent });
    if (points.length) {
      const horizontal = scale(points.map((point) => point.x), LEFT, WIDTH - RIGHT);
      const vertical = scale(points.map((point) => point.y), HEIGHT - BOTTOM, TOP);
      for (const tick of horizontal.ticks) {
        const x = horizontal.place(tick);
        figure.append(shape("line", { class: "grid", x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM }));
        figure.append(shape("text", { class: "tick middle", x, y: HEIGHT - BOTTOM + 16 }, String(Number(fixed(tick, 3)))));
      }
      for (const tick of vertical.ticks) {
        const y = vertical.place(tick);
        figure.append(shape("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y }));
        figure.append(shape("text", { class: "tick end", x: LEFT - 6, y: y + 4 }, String(Number(fixed(tick, 3)))));
      }
      figure.append(shape("text", { class: "axis middle", x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 8 }, benchmarks[mouse].name + " (share of the ceiling)"));
      figure.append(
        shape("text", { class: "axis middle", transform: `translate(13 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)` }, benchmarks[robustness].name + " (0: chance)"),
      );
      for (const { model, x, y } of points) {
        const [cx, cy] = [horizontal.place(x[0]), vertical.place(y[0])];
        const text = `${model.name}: ${fixed(x[0], 2)}, ${fixed(y[0], 2)}`;
        const link = shape("a", { href: model.page }, shape("title", {}, text));
        if (x[1]) link.append(shape("line", { class: "whisker", x1: horizontal.place(x[0] - x[1]), x2: horizontal.place(x[0] + x[1]), y1: cy, y2: cy }));
        if (y[1]) link.append(shape("line", { class: "whisker", x1: cx, x2: cx, y1: vertical.place(y[0] - y[1]), y2: vertical.place(y[0] + y[1]) }));
        link.append(marker(model.kind, cx, cy));
        if (points.length <= 30) {
          // The whole name, as a screen reader has it, towards the middle: there is room for it.
          const [side, start] = cx > WIDTH / 2 ? ["label end", cx - 8] : ["label", cx + 8];
          link.append(shape("text", { class: side, x: start, y: cy - 6 }, model.name));
        }
        figure.append(link);
      }
    }
    byId("scatter").replaceChildren(figure);
    const heads = ["Model", benchmarks[mouse].name, benchmarks[robustness].name];
    byId("points").tHead.replaceChildren(element("tr", {}, ...heads.map((text, number) => {
      const head = element("th", { scope: "col", textContent: text, title: byId("points-column-" + (number + 1)).textContent });
      head.setAttribute("aria-describedby", "points-column-" + (number + 1));
      return head;
    })));
    const told = ([value, error]) => fixed(value, 3) + (error === null ? "" : " ± " + fixed(error, 3));
    byId("points").tBodies[0].replaceChildren(
      ...points.map(({ model, x, y }) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, element("a", { href: model.page, textContent: model.name })),
          element("td", { className: "number", textContent: told(x) }),
          element("td", { className: "number", textContent: told(y) }),
        ),
      ),
    );
  }

  for (const id of ["mouse", "robustness"]) {
    const numbers = [...new Set(correlations.map((one) => one[id]))];
    byId(id).replaceChildren(...numbers.map((number) => element("option", { value: String(number), textContent: benchmarks[number].name })));
    byId(id).addEventListener("change", draw);
  }
  draw();
})();
