/** What to draw with, and how to take it back. */
import { useEffect, useRef } from 'preact/hooks';
import type { Drawing } from '../../annotate';
import type { Call, Tool } from '../../signalling';
import { moveByArrow } from './arrows';
import { Dismissible } from './dismissible';
import { Icon, type IconName } from './icons';
import { DRAW } from './words';

const TOOLS: readonly Tool[] = ['pointer', 'freehand', 'arrow', 'ellipse', 'rectangle', 'number', 'text'];

/** As much as the server takes. */
const MAX_LABEL = 80;

type BarProps = { drawing: Drawing; call: Call };

export function DrawingBar({ drawing, call }: BarProps) {
  const mine = drawing.clearable(call, 'mine').length;
  const all = drawing.clearable(call, 'all').length;
  return (
    <div class="drawing-bar" role="toolbar" aria-label={DRAW.bar} onKeyDown={moveByArrow}>
      {TOOLS.map((tool) => (
        <ToolButton key={tool} drawing={drawing} tool={tool} />
      ))}
      <Step icon="undo" word={DRAW.undo} isOff={!drawing.canUndo.value} onTap={() => drawing.undo()} />
      <Step icon="redo" word={DRAW.redo} isOff={!drawing.canRedo.value} onTap={() => drawing.redo()} />
      <Step
        icon="clear_mine"
        word={DRAW.clearMine}
        isOff={mine === 0}
        onTap={() => drawing.clear(call, 'mine')}
      />
      <Step
        icon="clear_all"
        word={DRAW.clearAll}
        isOff={all === 0}
        onTap={() => drawing.clear(call, 'all')}
      />
    </div>
  );
}

function ToolButton({ drawing, tool }: { drawing: Drawing; tool: Tool }) {
  const isChosen = drawing.tool.value === tool;
  return (
    <button
      type="button"
      class="tool"
      aria-pressed={isChosen}
      onClick={() => {
        drawing.tool.value = isChosen ? null : tool;
      }}
    >
      <Icon name={tool} />
      <span>{DRAW.tool[tool]}</span>
    </button>
  );
}

type StepProps = { icon: IconName; word: string; isOff: boolean; onTap: () => void };

/** Not `disabled`: the focus would be lost with the last thing that can be undone. */
function Step({ icon, word, isOff, onTap }: StepProps) {
  return (
    <button type="button" class="tool" aria-disabled={isOff} onClick={() => !isOff && onTap()}>
      <Icon name={icon} />
      <span>{word}</span>
    </button>
  );
}

/** Beside the bar: what the tool for text writes, and why the last stroke was refused. */
export function DrawingNotes({ drawing }: { drawing: Drawing }) {
  const trouble = drawing.trouble.value;
  return (
    <>
      {drawing.tool.value === 'text' && <TextToWrite drawing={drawing} />}
      {trouble !== null && <Dismissible text={trouble} onDismiss={() => drawing.forgetTrouble()} />}
    </>
  );
}

function TextToWrite({ drawing }: { drawing: Drawing }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <label class="notice drawing-text">
      <span class="unseen">{DRAW.text}</span>
      <input
        ref={field}
        maxLength={MAX_LABEL}
        placeholder={DRAW.textHint}
        value={drawing.text.value}
        onInput={(event) => {
          drawing.text.value = event.currentTarget.value;
        }}
      />
    </label>
  );
}
