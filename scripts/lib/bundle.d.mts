/** The bundle of the module at `entry`, which may use nothing but Node itself. */
export function bundle(entry: string): Promise<string>;
