import { Alert, type CSSVariablesResolver, createTheme } from '@mantine/core';

/** System fonts: nothing is fetched for them. */
export const theme = createTheme({
  primaryColor: 'blue',
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Modal: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    // In its own colour the title of an alert stands out too little from the ground.
    Alert: Alert.extend({ styles: { title: { color: 'var(--mantine-color-bright)' } } }),
  },
});

/** Text that is set back or wrong keeps the contrast of 4.5 to its background that the defaults fall short of. */
export const readableVariables: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': colors.gray[7],
    '--mantine-color-placeholder': colors.gray[7],
    '--mantine-color-error': colors.red[9],
  },
  dark: {
    '--mantine-color-dimmed': colors.dark[1],
    '--mantine-color-placeholder': colors.dark[1],
    '--mantine-color-error': colors.red[5],
  },
});
