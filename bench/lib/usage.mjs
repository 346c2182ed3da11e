// Loaded into a measured process with --import: at its end it writes what it used to the file USAGE_FILE.
import { writeFileSync } from 'node:fs';

const file = process.env.USAGE_FILE;
delete process.env.USAGE_FILE;
if (file !== undefined) {
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    writeFileSync(file, JSON.stringify({ megabytes: maxRSS / 1024, cpu: (userCPUTime + systemCPUTime) / 1e6 }));
  });
}
