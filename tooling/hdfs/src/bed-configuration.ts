import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { BedPorts } from "./bed-ports.ts";
import {
  dataNodeProperties,
  journalNodeProperties,
  nameNodeProperties,
  sharedProperties,
  writeConfiguration,
  type Properties,
} from "./configuration.ts";
import type { Formatted } from "./format.ts";

/** What the configuration of a bed follows from. */
export interface BedConfigurationOptions {
  /** The bed's. */
  readonly folder: string;
  readonly ports: BedPorts;
  readonly user: string;
  readonly replication: number;
  readonly locateFollowingBlockDelayMs: number | null;
  readonly properties: Properties;
}

/** Names of the roles of a bed, which are those of their folders, too. */
export const roleNames = {
  nameNode: (index: number, { nameNodes }: BedPorts): string =>
    nameNodes.length === 1 ? "namenode" : `namenode-${index + 1}`,
  journalNode: "journalnode",
  dataNode: (index: number): string => `datanode-${index + 1}`,
};

/** The configuration folders of a bed: one for clients, one for each role. */
export class BedConfiguration {
  readonly #options: BedConfigurationOptions;
  readonly #shared: Properties;
  readonly #own = new Map<string, Properties>();

  constructor(options: BedConfigurationOptions) {
    this.#options = options;
    this.#shared = sharedProperties(options);
  }

  /** Writes them all, and the first data of each role. */
  async write(formatted: Formatted): Promise<void> {
    const { folder, ports } = this.#options;
    await writeConfiguration(join(folder, "client"), this.#shared);
    for (const index of ports.nameNodes.keys()) {
      const role = roleNames.nameNode(index, ports);
      await cp(formatted.name, join(folder, role, "name"), { recursive: true });
      await this.#add(role, nameNodeProperties(index, join(folder, role, "name")));
    }
    if (ports.journalNode !== undefined) {
      const data = join(folder, roleNames.journalNode, "journal");
      await cp(formatted.journal, data, { recursive: true });
      await this.#add(roleNames.journalNode, journalNodeProperties(ports.journalNode, data));
    }
    for (const [index, dataNode] of ports.dataNodes.entries()) {
      const data = join(folder, roleNames.dataNode(index), "data");
      await mkdir(data, { recursive: true });
      await this.#add(roleNames.dataNode(index), dataNodeProperties(dataNode, data));
    }
  }

  /** Writes the folder of one role, with `properties` above all others. */
  async set(role: string, properties: Properties): Promise<void> {
    const all = { ...this.#own.get(role), ...this.#shared, ...properties };
    await writeConfiguration(join(this.#options.folder, role, "conf"), all);
  }

  async #add(role: string, own: Properties): Promise<void> {
    this.#own.set(role, own);
    await this.set(role, {});
  }
}
