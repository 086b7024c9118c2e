/** An entry that loads the terminal library when it is asked to, as the program does. */
export async function frame(text: string): Promise<string> {
  const { Box, renderToString, Text } = await import("ink");
  const { createElement } = await import("react");
  return renderToString(createElement(Box, { borderStyle: "single", width: 9 }, createElement(Text, null, text)));
}
