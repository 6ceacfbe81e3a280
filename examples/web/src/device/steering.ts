import type { Device } from './device.js'

/** Lets the page around one of the demo's two devices steer it. */
export function beSteered(_device: Device, _name: string): void {}
