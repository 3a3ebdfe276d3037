/** The attributes of one management bean. */
export type Bean = Readonly<Record<string, unknown>>;

const msMax = 2000;

/**
 * Reads a bean from a role's `/jmx`, such as `Hadoop:service=NameNode,name=FSNamesystemState`. Undefined when
 * the role does not answer within 2 s or has no such bean yet.
 */
export async function readBean(httpUrl: string, name: string): Promise<Bean | undefined> {
  try {
    const response = await fetch(`${httpUrl}/jmx?qry=${name}`, { signal: AbortSignal.timeout(msMax) });
    const { beans } = (await response.json()) as { beans?: Bean[] };
    return beans?.[0];
  } catch {
    // Starting, paused or dead: the caller asks again, within its own time limit.
    return undefined;
  }
}
