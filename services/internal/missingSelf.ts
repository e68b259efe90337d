// What a class is without its type argument, as Effect's Schema.Class says it: no class, but a message for the compiler to print.

export type MissingSelfGeneric<Usage extends string> =
  `Missing \`Self\` generic - use \`class Self extends ${Usage}<Self>()(...)\``
