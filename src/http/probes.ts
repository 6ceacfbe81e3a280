const probes = new Set(['/livez', '/readyz', '/metrics'])

/** What machines ask every few seconds: neither logged nor traced. */
export const isProbe = (route: string | undefined): boolean => route !== undefined && probes.has(route)
