/**
 * The config when there is no file (docs/config.md). Everything that is not written here is a
 * default of the schema.
 */
export const defaultConfig = `flows:
  pixel:
    source: { type: http, host: 0.0.0.0, port: 8080 }
    spool: { dir: data/spool/pixel }
    sink:
      type: file
      path: 'data/out/%{yyyy-MM-dd/HH00}/data-%{host}-%{yyyyMMdd-HHmmss}'
`;
