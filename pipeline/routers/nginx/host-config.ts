export type HostNginx = {
  /** Port of every IPv4 address of the host. */
  port: number;
  /** Path of the socket on which its workers say what they serve. */
  runtime: string;
  /** Directory of the router's files on the host. */
  directory: string;
};

/**
 * nginx as the router of one application on a host: all but `releases.conf`, which the host's part writes for each change
 * of weights. One worker, so that a turn of weights is one turn. A request without effect that met a connection which the
 * release had just closed is sent again by nginx itself; idle ones are kept for a second, before most releases would close
 * them.
 */
export const hostNginxConfiguration = ({ port, runtime, directory }: HostNginx): string =>
  `${[
    "worker_processes 1;",
    "worker_rlimit_nofile 65536;",
    "error_log stderr warn;",
    `pid ${runtime}.pid;`,
    "events { worker_connections 20000; }",
    "http {",
    "    log_format releases '$status|$upstream_response_time|$upstream_addr|$upstream_status';",
    "    access_log off;",
    "    server_tokens off;",
    "    default_type text/plain;",
    "    keepalive_timeout 65s;",
    "    keepalive_requests 1000000;",
    "    client_max_body_size 0;",
    "    client_body_timeout 65s;",
    "    client_header_timeout 60s;",
    `    include ${directory}/releases.conf;`,
    "    map $http_upgrade $tunnel { default upgrade; '' ''; h2c ''; }",
    "    map $http_x_forwarded_proto $proto { default $http_x_forwarded_proto; '' http; }",
    "    map $http_x_forwarded_host $forwarded { default $http_x_forwarded_host; '' $http_host; }",
    "    proxy_http_version 1.1;",
    "    proxy_set_header Host $http_host;",
    "    proxy_set_header Upgrade $http_upgrade;",
    "    proxy_set_header Connection $tunnel;",
    "    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
    "    proxy_set_header X-Forwarded-Proto $proto;",
    "    proxy_set_header X-Forwarded-Host $forwarded;",
    "    proxy_buffering off;",
    "    proxy_request_buffering off;",
    "    proxy_connect_timeout 5s;",
    "    proxy_read_timeout 60s;",
    "    proxy_send_timeout 60s;",
    "    proxy_next_upstream error;",
    "    proxy_next_upstream_tries 2;",
    "    server {",
    `        listen ${port};`,
    `        access_log ${directory}/access.log releases if=$measured;`,
    "        error_page 418 = @tunnel;",
    "        recursive_error_pages on;",
    '        if ($served = 0) { return 503 "bellwether: nothing is served here at the moment: no release is live\\n"; }',
    "        location / {",
    "            if ($tunnel) { return 418; }",
    "            proxy_pass http://releases;",
    "        }",
    "        location @tunnel {",
    "            proxy_read_timeout 7d;",
    "            proxy_send_timeout 7d;",
    "            proxy_pass http://releases;",
    "        }",
    "    }",
    "}",
  ].join("\n")}\n`;
