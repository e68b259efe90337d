// Written by `npm run codes` from the installed SDK; not to be edited.

/** The codes that AWS documents for the commands of Ec2. */
export type Ec2Codes = never
