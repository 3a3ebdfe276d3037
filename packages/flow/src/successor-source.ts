import type { Channel, Source } from "@sewer/core";

/**
 * A source that can go on where another one is, so that a flow's config changes under load: ports and
 * connections stay. One that cannot is closed, and another one opened.
 */
export interface SuccessorSource extends Source {
  /**
   * Takes over from `former`, which is open, instead of being opened: at once what begins is written into
   * `channel`. What has begun is ended by `former`'s rules and written into its channel. From now on this one is
   * closed, and that ends what is left of `former`.
   *
   * @returns settles when nothing more will be written into the channel of `former`, and all that was written
   * into it is answered.
   */
  takeOver(former: Source, channel: Channel): Promise<void>;
}
