const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Counters of one process, as Prometheus text (exposition format 0.0.4). */
export class Metrics {
  #requests = new Map();
  #durations = new Map();
  #orders = new Map();

  /** One answered request; `route` is the pattern, so that the number of series is bounded. */
  request(method, route, status, seconds) {
    add(this.#requests, labels({ method, route, status }), 1);
    let histogram = this.#durations.get(route);
    if (histogram === undefined) {
      histogram = { buckets: bounds.map(() => 0), sum: 0, count: 0 };
      this.#durations.set(route, histogram);
    }
    histogram.sum += seconds;
    histogram.count += 1;
    bounds.forEach((bound, at) => {
      if (seconds <= bound) histogram.buckets[at] += 1;
    });
  }

  order(side) {
    add(this.#orders, labels({ side }), 1);
  }

  text({ version, streams }) {
    const lines = [
      ...series("quotes_http_requests_total", "counter", "Answered requests.", this.#requests),
      "# HELP quotes_http_request_duration_seconds Time to answer.",
      "# TYPE quotes_http_request_duration_seconds histogram",
    ];
    for (const [route, { buckets, sum, count }] of this.#durations) {
      const name = "quotes_http_request_duration_seconds";
      buckets.forEach((value, at) => {
        lines.push(`${name}_bucket${labels({ route, le: bounds[at] })} ${value}`);
      });
      lines.push(`${name}_bucket${labels({ route, le: "+Inf" })} ${count}`);
      lines.push(`${name}_sum${labels({ route })} ${sum}`, `${name}_count${labels({ route })} ${count}`);
    }
    lines.push(...series("quotes_orders_total", "counter", "Paper orders booked.", this.#orders));
    lines.push(...series("quotes_streams", "gauge", "Open WebSocket streams.", new Map([["", streams]])));
    const build = new Map([[labels({ version }), 1]]);
    lines.push(...series("quotes_build_info", "gauge", "The version that runs.", build));
    return `${lines.join("\n")}\n`;
  }
}

const add = (map, key, amount) => map.set(key, (map.get(key) ?? 0) + amount);

const labels = (values) =>
  `{${Object.entries(values)
    .map(
      ([name, value]) =>
        `${name}="${String(value).replace(/[\\"\n]/g, (c) => (c === "\n" ? "\\n" : `\\${c}`))}"`,
    )
    .join(",")}}`;

const series = (name, type, help, values) => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
  ...[...values].map(([key, value]) => `${name}${key} ${value}`),
];
