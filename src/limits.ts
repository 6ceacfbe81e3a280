/** Every limit of the product, in one place. Lengths are in code points, after NFC. */
export const limits = {
  scenariosPerMember: 100,
  basicMissionsPerScenario: 100,
  /** TODAY missions of one scenario on one date. */
  todayMissionsPerDate: 100,
  nicknameLength: 50,
  nameLength: 50,
  memoLength: 200,
  contentLength: 100,
  handleLength: 100,
  /** Of `checkMissions`: what a phone kept while it was away. */
  checksAtOnce: 200,
  /** How many of a notification's next instants can be requested. */
  occurrences: 60,
  /** Of the circle around a notification's place. */
  placeRadiusMetersMin: 100,
  placeRadiusMetersMax: 4_000,
  /** Of `ifNoneMatch`. Our etags are shorter: a longer one is never ours. */
  etagLength: 256,
  /** Characters of an id token with all its claims; `credentialLength` is for the rest. */
  idTokenLength: 16_384,
  credentialLength: 256,
  /** The next sign-in ends the least recently used session. */
  sessionsPerMember: 100,
  /** So many are listed to be restored, the newest. */
  deletedScenariosKept: 100,
  restorableDays: 30,
  /** How long a check with `checkedAt` can count for a day that is over. */
  lateCheckHours: 48,
  /** How many days before today a checklist can still be read. */
  historyDays: 31,
  /** How many days the receipts of closed days are kept: a calendar of a year, and streaks. */
  receiptDays: 400,
  streamsPerMember: 10,
  /** Checklists that `changes` tells at once, the nearest first; of the others it tells the ids. */
  checklistsTold: 300,
  /** Deleted things that `changes` tells at once. If there are more, it tells all that is left. */
  deletionsTold: 5_000,
  /** Pauses of a member that are not over. */
  pausesPerMember: 50,
  /** A pause's greatest length, of its days that are not over. */
  pauseDays: 366,
  /** How many days after today a pause can begin or end. */
  pauseDaysAhead: 731,
  /** How many days after today a checklist can be read and checked. */
  daysAhead: 14,
} as const

/** An astral character as two escaped surrogates, \\ud83d\\ude00: a code point's longest JSON. */
const escapedBytes = 12
/** Of a line of a template beside its content: two ids, seven days, names and punctuation. */
const lineBytes = 256
/** The document itself, with what else an input has. */
const documentBytes = 24 * 1024

/**
 * Fits the largest input that the limits permit, a template in the longest spelling, and its
 * document: 173,176 bytes. (Decomposed *and* escaped it can be longer: then fewer lines fit.)
 */
export const maxBodyBytes =
  limits.basicMissionsPerScenario * (limits.contentLength * escapedBytes + lineBytes) +
  (limits.nameLength + limits.memoLength) * escapedBytes +
  documentBytes
