/** Draws lines of toned spans: one row of the terminal each. */
import { Box, Text, type TextProps } from "ink";
import { createElement, type ReactElement } from "react";
import type { Line, Span, Tone } from "./line.ts";

export interface LinesProps {
  readonly lines: readonly Line[];
  /** Without colours bold and dim go too: the words carry the meaning. */
  readonly hasColor: boolean;
}

export function Lines({ lines, hasColor }: LinesProps): ReactElement {
  return createElement(Box, { flexDirection: "column" }, ...lines.map((line) => lineElement(line, hasColor)));
}

function lineElement(line: Line, hasColor: boolean): ReactElement {
  const spans = line.spans.map((span) => spanElement(span, hasColor));
  // A row without text would have no height.
  const children = spans.length === 0 ? [" "] : spans;
  return createElement(Text, { wrap: "truncate-end", inverse: hasColor && line.isSelected === true }, ...children);
}

function spanElement(span: Span, hasColor: boolean): ReactElement | string {
  return hasColor ? createElement(Text, STYLES[span.tone], span.text) : span.text;
}

const STYLES: Readonly<Record<Tone, TextProps>> = {
  plain: {},
  strong: { bold: true },
  quiet: { dimColor: true },
  heading: { bold: true, underline: true },
  good: { color: "green" },
  warning: { color: "yellow" },
  bad: { color: "red", bold: true },
};
