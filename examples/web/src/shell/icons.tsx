import type { ReactNode } from 'react'

const drawn = (content: ReactNode) => () => (
  <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
    {content}
  </svg>
)

export const TodayIcon = drawn(<path d="M5 12l4 4L19 6" />)
export const CalendarIcon = drawn(<path d="M4 6h16v14H4zM4 10h16M9 3v4M15 3v4" />)
export const BellIcon = drawn(<path d="M6 17h12l-1.5-2V10a4.5 4.5 0 0 0-9 0v5zM10 20h4" />)
export const MemberIcon = drawn(
  <>
    <circle cx="12" cy="8" r="4" />
    <path d="M4 21c1.5-4 4.500-6 8-6s6.500 2 8 6" />
  </>,
)
export const GripIcon = drawn(<path d="M9 6h.01M9 12h.01M9 18h.01M15 6h.01M15 12h.01M15 18h.01" />)
export const CloseIcon = drawn(<path d="M6 6l12 12M18 6L6 18" />)
export const PlusIcon = drawn(<path d="M12 5v14M5 12h14" />)
export const PencilIcon = drawn(<path d="M4 20l1-4L16 5l3 3L8 19zM14 7l3 3" />)
export const BackIcon = drawn(<path d="M15 5l-7 7 7 7" />)
export const ForwardIcon = drawn(<path d="M9 5l7 7-7 7" />)

export const FlameIcon = () => (
  <svg className="icon flame" viewBox="0 0 24 24" aria-hidden="true">
    <path d="M12 2c1 4-4 6-4 11a6 6 0 0 0 12 0c0-3-2-5-3-6 0 2-1 3-2 3 1-3-1-6-3-8z" transform="translate(-2 0)" />
  </svg>
)

/** A door that is open, with a tick: the app's sign. */
export const DoorMark = () => (
  <svg className="door-mark" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="9" />
    <path d="M10 25V9a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v16M7 25h18" />
    <path d="m13 16 2.400 2.400L19.500 14" />
  </svg>
)
