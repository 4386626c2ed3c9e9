import assert from "node:assert/strict";
import { test } from "node:test";
import { Metrics } from "../../src/metrics.js";

test("counters and histograms are Prometheus text", () => {
  const metrics = new Metrics();
  metrics.request("GET", "/quotes/:symbol", 200, 0.003);
  metrics.request("GET", "/quotes/:symbol", 200, 0.3);
  metrics.request("GET", "/quotes/:symbol", 404, 9);
  metrics.order("buy");
  const lines = metrics.text({ version: '1"\\2', streams: 3 }).split("\n");
  for (const line of [
    "# TYPE quotes_http_requests_total counter",
    'quotes_http_requests_total{method="GET",route="/quotes/:symbol",status="200"} 2',
    'quotes_http_requests_total{method="GET",route="/quotes/:symbol",status="404"} 1',
    'quotes_http_request_duration_seconds_bucket{route="/quotes/:symbol",le="0.0025"} 0',
    'quotes_http_request_duration_seconds_bucket{route="/quotes/:symbol",le="0.005"} 1',
    'quotes_http_request_duration_seconds_bucket{route="/quotes/:symbol",le="0.5"} 2',
    'quotes_http_request_duration_seconds_bucket{route="/quotes/:symbol",le="+Inf"} 3',
    'quotes_http_request_duration_seconds_count{route="/quotes/:symbol"} 3',
    'quotes_orders_total{side="buy"} 1',
    "quotes_streams 3",
    'quotes_build_info{version="1\\"\\\\2"} 1',
  ])
    assert.ok(lines.includes(line), line);
});
