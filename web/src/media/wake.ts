/** Keeps the screen on during a call. The browser lets go of the lock whenever the page is hidden. */

export function keepAwake(): () => void {
  let lock: WakeLockSentinel | null = null;
  let isOver = false;
  const hold = async () => {
    if (isOver || document.visibilityState === 'hidden') return;
    lock = (await navigator.wakeLock?.request('screen').catch(() => null)) ?? null; // refused on low battery
    if (isOver) void lock?.release();
  };
  document.addEventListener('visibilitychange', hold);
  void hold();
  return () => {
    isOver = true;
    document.removeEventListener('visibilitychange', hold);
    void lock?.release();
  };
}
