import { expect, test } from "vitest";
import { haproxyConfiguration } from "../../../pipeline/routers/haproxy/config.ts";

test("the configuration is one text that says everything", () => {
  const text = haproxyConfiguration({
    port: 8080,
    runtime: "/state/odd.sock",
    log: "/state/log.sock",
    generation: 3,
    slots: [
      { name: "s1", port: 4001, weight: 90 },
      { name: "s2", port: 4002, weight: 0 },
      { name: "s3", port: 0, weight: 0 },
    ],
  });
  expect(text).toBe(`global
    nbthread 1
    maxconn 4000
    no strict-limits
    noreuseport
    stats socket /state/odd.sock mode 600 level admin
    stats timeout 1m
    log ring@log local0

ring log
    format raw
    maxlen 256
    size 4194304
    timeout connect 1s
    timeout server 10s
    server daemon unix@/state/log.sock

defaults
    mode http
    log global
    log-format "3 %s %ST %TR %Tw %Tc %Tr %Ta %ts"
    retries 1
    retry-on conn-failure empty-response
    option redispatch 1
    timeout connect 5s
    timeout http-request 60s
    timeout http-keep-alive 65s
    timeout client 65s
    timeout server 60s
    timeout tunnel 7d
    http-error status 502 content-type "text/plain; charset=utf-8" hdr Retry-After 1 string "bellwether: the answer of the release broke off or was none\\n"
    http-error status 503 content-type "text/plain; charset=utf-8" hdr Retry-After 1 string "bellwether: no answer from the release (connection refused)\\n"
    http-error status 504 content-type "text/plain; charset=utf-8" hdr Retry-After 1 string "bellwether: no answer from the release in time\\n"

frontend front
    bind 127.0.0.1:8080
    option forwardfor
    http-request set-header X-Forwarded-Proto http unless { req.hdr(x-forwarded-proto) -m found }
    http-request set-header X-Forwarded-Host %[req.hdr(host)] unless { req.hdr(x-forwarded-host) -m found }
    http-request disable-l7-retry unless { method GET HEAD }
    http-request wait-for-body time 60s at-least 1 if { req.hdr(expect) -m found }
    http-request del-header Expect
    http-request del-header Upgrade if { req.hdr(upgrade) -i -m beg h2c }
    http-request return status 503 content-type "text/plain; charset=utf-8" hdr Retry-After 1 string "bellwether: nothing is served here at the moment: no release is live\\n" if { nbsrv(releases) eq 0 }
    default_backend releases

backend releases
    balance roundrobin
    default-server pool-purge-delay 100ms
    server s1 127.0.0.1:4001 weight 90
    server s2 127.0.0.1:4002 weight 0
    server s3 127.0.0.1:1 weight 0 disabled

backend marks
    server always 127.0.0.1:1
    server mark 127.0.0.1:1 disabled
`);
});
