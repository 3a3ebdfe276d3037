/** Codes of the errors that this program itself raises. */
export const pixelErrors = {
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
