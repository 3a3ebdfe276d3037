/** The codes of the errors that this package throws, all of them when a source opens. */
export const httpSourceErrors = {
  /** Another program listens on the port already: stop it, or choose another port. */
  portInUse: "SEWER_HTTP_PORT_IN_USE",
  /** The system does not let this user listen on the port: choose one from 1024 on, or grant the right. */
  portForbidden: "SEWER_HTTP_PORT_FORBIDDEN",
  /** The host is no address of this machine, or its name cannot be resolved. */
  addressUnavailable: "SEWER_HTTP_ADDRESS_UNAVAILABLE",
  /** Listening failed for another reason, which the message names. */
  listenFailed: "SEWER_HTTP_LISTEN_FAILED",
} as const;
