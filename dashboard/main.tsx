import { render } from 'preact';
import './styles/index.css';
import { App } from './app.tsx';
import { startClock } from './model/clock.ts';
import { connect } from './model/connection.ts';
import { loadInbox } from './model/inbox.ts';
import { identify } from './model/session.ts';
import { applyTheme } from './model/theme.ts';

applyTheme();
startClock();
void identify();
void loadInbox();
connect();

const place = document.getElementById('panel');
if (place) render(<App />, place);
