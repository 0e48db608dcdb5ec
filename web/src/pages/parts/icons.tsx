/** One line style, drawn in place, hidden from readers: a word always stands beside it. */

const PATHS = {
  microphone:
    'M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21M9 21h6',
  microphone_off:
    'M4 4l16 16M9 9v2a3 3 0 0 0 4.6 2.5M15 11.3V6a3 3 0 0 0-5.8-1M5.5 11a6.5 6.5 0 0 0 10.6 5M18.5 11a6.4 6.4 0 0 1-.6 2.7M12 17.5V21M9 21h6',
  camera:
    'M4 7h10a1.5 1.5 0 0 1 1.5 1.5v7A1.5 1.5 0 0 1 14 17H4a1.5 1.5 0 0 1-1.5-1.5v-7A1.5 1.5 0 0 1 4 7zM15.5 10.5l6-3v9l-6-3',
  camera_off:
    'M3 3l18 18M9 7h5a1.5 1.5 0 0 1 1.5 1.5V13M15.5 15.5A1.5 1.5 0 0 1 14 17H4a1.5 1.5 0 0 1-1.5-1.5v-7A1.5 1.5 0 0 1 4 7h1M15.5 10.5l6-3v9l-3-1.5',
  turn: 'M4 9h13l-3.5-3.5M20 15H7l3.5 3.5',
  leave: 'M3 13.5c5-5 13-5 18 0l-2 3-4-1.5v-2.6a11 11 0 0 0-6 0V15l-4 1.5-2-3z',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7L12 17',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  share: 'M12 15V3.5M8 7l4-4 4 4M6 11H5v9.5h14V11h-1',
  check: 'M4.5 12.5l5 5 10-11',
  warning: 'M12 4L2.5 20h19zM12 10v4.5M12 17.2v.3',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.5v.3',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  hear: 'M4 10v4h3.5L12 18V6L7.500 10zM15.500 9a4 4 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5',
  close: 'M5 5l14 14M19 5L5 19',
  plus: 'M12 4v16M4 12h16',
  chat: 'M4 5h16v11H10l-4.500 4v-4H4zM8 9.500h8M8 12.500h5',
  pointer: 'M5 4l14 7-6 2-2 6z',
  freehand: 'M4 17c3-9 6-9 7-4s4 5 9-6',
  arrow: 'M5 19L19 5M10 5h9v9',
  ellipse: 'M12 19c5 0 9-3 9-7s-4-7-9-7-9 3-9 7 4 7 9 7z',
  rectangle: 'M4 6h16v12H4z',
  number: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM10 9.500l2.500-1.500v8.500',
  text: 'M5 6V4.500h14V6M12 4.500v15M9 19.500h6',
  undo: 'M9 5L4.500 9.500 9 14M5 9.500h9a5 5 0 0 1 0 10h-3',
  redo: 'M15 5l4.500 4.500L15 14M19 9.500h-9a5 5 0 0 0 0 10h3',
  clear_mine: 'M8 20h12M5 14l8-9 6 5-8 9H8z',
  clear_all: 'M5 7h14M10 7V4.500h4V7M7 7l1 13h8l1-13',
  down: 'M6 9l6 6 6-6',
  keyboard: 'M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor">
      <path d={PATHS[name]} stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
