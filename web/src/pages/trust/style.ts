// Only style: the build puts it into the page itself and leaves no script behind.
import '../../tokens.css';
import '../../base.css';
import './trust.css';
