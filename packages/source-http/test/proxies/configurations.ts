/** A proxy in front of a server on `origin`, which it speaks HTTP/1.1 to over connections that it keeps and shares. */
export interface ProxyKind {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly configuration: (port: number, origin: number) => string;
}

const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/** nginx and HAProxy, as they are set up in front of other servers. */
export const proxies: readonly ProxyKind[] = [
  {
    program: "nginx",
    arguments: ["-p", ".", "-e", "stderr", "-c", "FILE"],
    configuration: (port, origin) => `
daemon off;
master_process off;
pid nginx.pid;
events { worker_connections 256; }
http {
  ${temporary.map((kind) => `${kind}_temp_path temporary;`).join(" ")}
  access_log off;
  upstream origin { server 127.0.0.1:${origin}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 100000;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_request_buffering off;
      proxy_next_upstream off;
    }
  }
}
`,
  },
  {
    program: "haproxy",
    arguments: ["-db", "-f", "FILE"],
    configuration: (port, origin) => `
global
  maxconn 256
defaults
  mode http
  option forwardfor
  http-reuse always
  timeout connect 10s
  timeout client 60s
  timeout server 60s
frontend pixel
  bind 127.0.0.1:${port}
  default_backend origin
backend origin
  server origin 127.0.0.1:${origin}
`,
  },
];
