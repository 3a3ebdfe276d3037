/** Codes of the errors that this program itself raises. */
export const pixelErrors = {
  /** A config's URL cannot be used, or its server refuses to give what it names: mend the URL. */
  configUnreadable: "SEWER_CONFIG_UNREADABLE",
  /** A config's server cannot be reached, or does not answer as it should. */
  configServer: "SEWER_CONFIG_SERVER",
  /** A config's server gives one that is not valid: `sewer check -c URL` tells what is wrong. */
  configInvalid: "SEWER_CONFIG_INVALID",
  /** A new config could not be taken, and not all of what ran before could be brought back: mend it and reload. */
  reloadHalf: "SEWER_RELOAD_HALF",
  /** The last good copy of a config cannot be written, or not be read. */
  configCopy: "SEWER_CONFIG_COPY",
  /** The admin port cannot be bound: take another (`admin.port`), or free it. */
  adminListen: "SEWER_ADMIN_LISTEN",
  /** One of the server's processes ended before it was ready, or while it was asked something. */
  processEnded: "SEWER_PROCESS_ENDED",
  /** The program was replaced on disk while it ran; a process cannot be started again: stop it and start it. */
  processVersion: "SEWER_PROCESS_VERSION",
  /** `sewer cat`: there is no such file, or it may not be read. */
  catUnreadable: "SEWER_CAT_UNREADABLE",
  /** `sewer cat`: the server cannot be reached or broke off. */
  catServer: "SEWER_CAT_SERVER",
  /** `sewer cat`: the file is none of the kinds that it reads, or cannot be printed as asked. */
  catFormat: "SEWER_CAT_FORMAT",
  /** `sewer cat`: the file is damaged or cut off; what is whole was printed. */
  catDamaged: "SEWER_CAT_DAMAGED",
} as const;
