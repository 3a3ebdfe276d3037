/**
 * What `sewer init` writes: the built-in config with every common key at its default, and an HDFS sink to
 * uncomment. Both forms are valid; a test reads them.
 */
export const starterConfig = `# Flow config of sewer. Every key: docs/config.md. After a change: sewer check
#
# Durations: 250ms 30s 10m 1h 30d; sizes: 64KiB 512MiB 50GiB; \${VAR}, \${VAR:-default} and \${VAR:?message} in values.
# Relative paths start from the directory of this file.

# /metrics, /status and /jolokia. Keep it on loopback; false turns it off.
admin: { host: 127.0.0.1, port: 7777 }

stop:
  drainDelay: 0s # answered on after SIGTERM; 5s to 15s behind a load balancer that asks the status port
  graceful: 1s # for requests that are open then
  deliver: 30s # for what is on disk; the rest is delivered after the next start

flows:
  pixel: # any name; several flows may stand side by side
    source:
      type: http
      host: 0.0.0.0
      port: 8080
      statusPort: 8081 # for load balancers; never recorded
      methods: [GET, HEAD, POST] # recorded and answered 204
      trustedProxies: [] # e.g. [10.0.0.0/8]: whose X-Forwarded-For is believed
      crossdomain: false # true serves /crossdomain.xml

    # Every event is on this disk before it is anywhere else.
    spool:
      dir: data/spool/pixel
      durability: interval # memory | interval: kill -9 loses 10 ms | written: nothing | group: not even a power cut
      roll: { every: 30s, size: 512MiB } # when a batch is delivered; for HDFS rather { every: 10m, size: 256MiB }
      maxBytes: 50GiB # of what waits while the destination is away
      onFull: refuse # 503 | block | drop-oldest

    # One of the two sinks; "sinks: { a: {...}, b: {...} }" takes several.
    sink:
      type: file
      path: "data/out/%{yyyy-MM-dd/HH00}/data-%{host}-%{yyyyMMdd-HHmmss}"
    # sink:
    #   type: hdfs
    #   namenodes: ["http://nn1:9870", "http://nn2:9870"] # web addresses; the active one is found
    #   user: sewer
    #   path: "/sewer/%{yyyy-MM-dd/HH00}/data-%{host}-%{yyyyMMdd-HHmmss}"
    #   replication: 3
`;
