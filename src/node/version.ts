import manifest from '../../package.json' with { type: 'json' }

/** Program and version, as told to peers. */
export const USER_AGENT = `cairn/${manifest.version}`
